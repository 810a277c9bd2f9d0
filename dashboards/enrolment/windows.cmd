@echo off
rem Installs the Ecoparc agent, and upgrades it when VERSION below changes: a computer start-up script for a group policy
rem (Computer Configuration, Policies, Windows Settings, Scripts, Startup). It does nothing where that version is installed.
rem
rem Put it beside the .msi on a share that computers may read and people may not ("Domain Computers": read, "Domain Users":
rem nothing), as it holds the token of a school. One policy for each school.
setlocal
set COLLECTOR={address}
set TOKEN={token}
set VERSION=1.2.3
rem What the device is called in lists. Leave it empty if the names of your machines hold names of persons.
set LABEL=%COMPUTERNAME%

set AGENT=%ProgramFiles%\Ecoparc\Agent\ecoparc-agent.exe
set INSTALLED=none
if exist "%AGENT%" for /f "tokens=2" %%v in ('call "%AGENT%" version') do set INSTALLED=%%v
if "%INSTALLED%"=="v%VERSION%" exit /b 0

rem From a disk of its own: the share may be away before the installer has read all.
set MSI=%SystemRoot%\Temp\ecoparc-agent.msi
copy /y "%~dp0ecoparc-agent_%VERSION%_amd64.msi" "%MSI%" >nul
if errorlevel 1 exit /b 1
msiexec /i "%MSI%" /qn /norestart COLLECTOR=%COLLECTOR% TOKEN=%TOKEN% LABEL=%LABEL%
set RESULT=%ERRORLEVEL%
del "%MSI%"
rem 3010: all is well, and complete at the next start.
if "%RESULT%"=="3010" set RESULT=0
exit /b %RESULT%
